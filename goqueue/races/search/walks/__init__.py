"""Runs in which each choice is drawn, or follows a rule that knows nothing of the other runs.

walk                        what they have in common
random_walk, pct, pos, surw at random, each by its paper
turns                       the threads take turns
"""
