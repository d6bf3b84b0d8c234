"""What documents are shown as: HTML pages and PDF files, each made of the model alone."""
