"""The corpus stage: a published snapshot in, a documented corpus of Danish sentences out."""
