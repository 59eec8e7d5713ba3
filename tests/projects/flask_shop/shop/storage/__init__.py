"""Where baskets are kept. Each module has `add(customer, item)` and `items_of(customer)`."""
