"""HTTP and WebDAV: any web server as a store, and one that can be written to if it speaks WebDAV."""
