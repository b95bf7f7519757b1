"""The portal's pages; `aftersales.portal.pages` says which path leads to which function."""
