"""What every stage needs and no stage owns: quarters, folders, files, manifests, YAML with places, progress.

Imports the standard library, pydantic, rich and yaml only, so that any stage may import it cheaply.
"""
