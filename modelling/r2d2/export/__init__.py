"""Model packages: from PyTorch modules to checked ONNX graphs, and back into Python."""
