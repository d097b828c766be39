"""Finding claims, quotes, sources and documents by their words: asked, found, highlighted."""
