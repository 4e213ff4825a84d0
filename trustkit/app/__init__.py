"""Settings, wiring, command line and ASGI: the only place that imports every room."""
