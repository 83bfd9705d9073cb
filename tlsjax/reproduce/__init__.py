"""The paper's figures, one file each: what is in it (`compute`), and how it is drawn (`draw`)."""
