"""Human evaluation: blinded sheets and forms for raters, and what is made of their ratings."""
