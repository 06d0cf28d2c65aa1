"""Pure rules of master data: barcodes, ISO lists, exchange rates, shapes of incoming rows."""
