"""The pages of pricing, one page a file; `shapes` files turn queries into what a template or the browser reads."""
