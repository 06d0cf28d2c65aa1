"""Products, sites, regions, channels, suppliers, tax, unit costs, exchange rates and who may see which sites.

Owns master data. Never knows a price or a stock figure. Products carry the tax class and the ABC class that
planning writes; sites belong to one legal entity and one region and are run by one operator.
"""
