"""Pictures and pages: fonts, seal drawing, QR, licence pages."""
