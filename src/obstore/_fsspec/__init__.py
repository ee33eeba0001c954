"""The file systems behind `obstore.fsspec`. Nothing here is imported by the rest of the package."""
