"""What the lab knows of objects.

kinds             whose methods are seen, and which functions read or change what they are given
iterating         what an iterator in C draws from, and whether it runs code in Python
unwatched         how a verdict names objects that are not watched, and what they belong to
linked            which objects of the library belong together: a cursor and its connection
fields_in_c       attributes that classes in C declare, and what their values decide
weak              what a proxy or a weak reference leads to
settings          state of the process that functions read or set
abstract_classes  who is registered with them, and what each run forgets of that
"""
