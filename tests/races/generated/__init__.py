"""Random programs as Python source, over the whole surface that the lab watches, and two ways to run each.

theme        what one kind of shared thing is, and what threads do with it
vocabulary   what a program can say: containers, attributes, calls, primitives
library      what the standard library does with what it is given; bodies of classes
sources      where an expression gets a thing from, and what only asks for its truth
programs     a program from a seed, as source; smaller ones, for shrinking
comparing    the outcomes that the reduction reaches, and those that the oracle reaches
"""
