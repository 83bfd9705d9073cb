"""Response to microwaves: conductivity, surface impedance, and what is made of them."""
