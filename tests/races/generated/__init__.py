"""Random programs as Python source, over the whole surface that the lab watches, and two ways to run each.

vocabulary   what a program can say: containers, attributes, calls, primitives
programs     a program from a seed, as source; smaller ones, for shrinking
comparing    the outcomes that the reduction reaches, and those that the oracle reaches
"""
