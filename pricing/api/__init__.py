"""REST of pricing: price lists, price changes and their actions, prices, quotes."""
