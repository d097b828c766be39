"""The public pages: what is published, for who would rather look than read JSON.

Each asks the same functions as the API and says the same. A page has one form of words and
pictures for every reader: nothing on it depends on who is logged in but the links of the header.
"""
