"""What goes into training: pretrained parts, vocabulary, photos, captions, class names, caches."""
