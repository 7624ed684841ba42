"""R2D2 in small: data, architecture, losses, training, evaluation, export and conversion."""
