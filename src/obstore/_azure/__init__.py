"""Azure Blob Storage: settings, credentials, requests, replies."""
