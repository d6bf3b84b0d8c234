"""What a customer's page does with a checkout: one module for each resource."""
