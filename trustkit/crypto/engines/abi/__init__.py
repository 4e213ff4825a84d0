"""What the engines call of libraries in C: declarations (``*.h``), and each as cffi keeps it (``*.py``), made by ``python -m tools.bindings``.

Reading C takes cffi a fourteenth of a second, in each process that checks one signature; what it has read is loaded in a thousandth.
"""
