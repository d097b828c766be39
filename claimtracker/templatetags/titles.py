"""What stands in the title of a page."""

from django import template

from claimtracker.tidying import without_directions

register = template.Library()
# A window's title can't be isolated: marks of direction would turn what stands beside it around.
register.filter("without_directions", without_directions, is_safe=True)
