"""The steps of loading, in their order: source, master data, stock and sales, prices, people, the present."""
