"""The routes: a file for each area of the API. `_views.py` says what the objects look like."""
