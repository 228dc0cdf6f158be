"""A page's HTML to blocks of text: the parts that corpus/extract.py puts together. Exports nothing itself."""
