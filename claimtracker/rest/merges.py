def survivor(rows, slug):
    """Return which of these rows the row with a slug was merged into, None where there is none."""
    merged = rows.model._default_manager.filter(slug=slug).values("merged_into")
    return rows.filter(pk__in=merged).first()
