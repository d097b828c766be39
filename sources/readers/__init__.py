"""Programs that read one file from elsewhere, each run by itself: see ``sources/limited.py``.

They import nothing of this project. Each gets the path of a file and writes JSON.
"""
