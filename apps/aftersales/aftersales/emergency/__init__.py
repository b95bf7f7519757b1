"""Emergency use (S1.41): what people need while the site cannot be reached, in one page and one workbook."""
