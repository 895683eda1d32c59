"""You are the scheduler: a model as a page with one button for each thread, and the levels.

tree    all runs of a small model with few preemptions, as plain data: a page plays it without Python
widget  that data as HTML, the same for a notebook, the book and the page of levels; play.js is its script
levels  what is asked of the player; the models are in levels/*.toml
page    all levels on one page that needs no other file: `goqueue play`
level_game, board   one level in Python, and all of them, as a notebook shows them
"""
