"""Words and pictures from records: Markdown, SVG charts."""
