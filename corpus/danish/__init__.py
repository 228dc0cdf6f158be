"""What is known of Danish: words, spellings, forms."""
