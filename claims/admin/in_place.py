"""A statement with its citations, edited on the page of its claim: the same form, less of it."""

from django.http import JsonResponse

# In the address of a statement's page: that the page of its claim shows a part of it.
IN_PLACE = "_in_place"
# So that no input has the id of one on the page around it.
IDS = "in_place_%s"


def is_in_place(request) -> bool:
    return IN_PLACE in request.GET


class EditedInPlace:
    """Of an admin whose form another page may show. It saves, waits and is refused as ever.

    Shown so, the form has the ``in_place_fieldsets`` and the ``in_place_inlines`` only. What is
    saved, or waits as a proposal, is answered with ``{"saved": true}``; the messages stay for the
    page around it.
    """

    in_place_fieldsets = ()
    in_place_inlines = ()

    def get_fieldsets(self, request, obj=None):
        if is_in_place(request):
            return self.in_place_fieldsets
        return super().get_fieldsets(request, obj)

    def get_inlines(self, request, obj):
        return self.in_place_inlines if is_in_place(request) else super().get_inlines(request, obj)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if not is_in_place(request):
            return form

        class InPlaceForm(form):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, auto_id=IDS, **kwargs)

        return InPlaceForm

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        return kwargs | {"auto_id": IDS} if is_in_place(request) else kwargs

    def render_change_form(self, request, context, *args, **kwargs):
        response = super().render_change_form(request, context, *args, **kwargs)
        if is_in_place(request):
            response.template_name = "admin/in_place.html"
        return response

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if is_in_place(request) and request.method == "POST" and response.status_code == 302:
            return JsonResponse({"saved": True})
        return response
