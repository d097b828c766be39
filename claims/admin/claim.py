from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils import timezone

from claims import rewording
from claims.actions import NOT_ASKED
from claims.admin.alike import warning
from claims.likeness import known_claims
from claims.models import Claim, Relation, Rewording, Topic
from claims.models.rewording import Reworded
from claims.positions import contradictions
from claimtracker.curated import may_publish
from claimtracker.desk import CuratedAdmin, DeskAdmin, DeskForm, DeskInline, StampedList, is_an_id
from claimtracker.review import writes_at_once


class RelationInline(DeskInline, admin.TabularInline):
    model = Relation
    related = ["from_claim", "to_claim"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "rationale":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 2, "cols": 30})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class RelationsFrom(RelationInline):
    fk_name = "from_claim"
    fields = ["kind", "to_claim", "rationale"]
    autocomplete_fields = ["to_claim"]
    verbose_name = "relation"
    verbose_name_plural = "This claim … another"


class RelationsTo(RelationInline):
    fk_name = "to_claim"
    fields = ["from_claim", "kind", "rationale"]
    autocomplete_fields = ["from_claim"]
    verbose_name = "relation"
    verbose_name_plural = "Another … this claim"


class SeveralTopics(AutocompleteSelectMultiple):
    """An autocomplete whose topics go one by one: Select2's way to clear all is no list item."""

    def build_attrs(self, *args, **kwargs):
        return super().build_attrs(*args, **kwargs) | {"data-allow-clear": "false"}

    def optgroups(self, name, value, attr=None):
        # What is no id is told at the field; there is nothing to show of it.
        return super().optgroups(name, [each for each in map(str, value) if is_an_id(each)], attr)


class Tallied(StampedList):
    """The list of claims, each with how many sources hold it true and how many deny it."""

    def get_queryset(self, *args, **kwargs):
        return super().get_queryset(*args, **kwargs).with_tally()


class ContestedFilter(admin.SimpleListFilter):
    title = "contested"
    parameter_name = "contested"

    def lookups(self, request, model_admin):
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.contested()
        if self.value() == "no":
            return queryset.uncontested()
        return queryset


class ReachesItsNegationFilter(admin.SimpleListFilter):
    title = "reaches its own negation"
    parameter_name = "reaches_its_negation"

    def lookups(self, request, model_admin):
        return [("yes", "Yes, by its relations")]

    def queryset(self, request, queryset):
        if self.value() != "yes":
            return queryset
        relations = contradictions.all_relations()
        return queryset.filter(slug__in=contradictions.claims_that_reach_their_negation(relations))


class TopicFilter(admin.SimpleListFilter):
    # Not by a join: what is filed twice would be listed twice.
    title = "topic"
    parameter_name = "topic"

    def lookups(self, request, model_admin):
        return [*Topic.objects.order_by("name").values_list("pk", "name"), ("none", "Without one")]

    claims = "claim__in"

    def queryset(self, request, queryset):
        filed = Claim.topics.through.objects.all()
        if self.value() == "none":
            return queryset.exclude(**{self.claims: filed.values("claim")})
        if self.value() is None:
            return queryset
        if not is_an_id(self.value()):
            raise IncorrectLookupParameters
        return queryset.filter(**{self.claims: filed.filter(topic=self.value()).values("claim")})


class OwnTopicFilter(TopicFilter):
    claims = "pk__in"


class ClaimForm(DeskForm):
    """A claim; of a new one it asks whether it is another than those like it.

    Of one whose text comes to say something else it asks what becomes of the statements on it.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.is_bound and self.instance.pk:
            self.instance.answers = self._answers()

    def _answers(self):
        """Return the answer that was given to the text that is sent now."""
        waits = not writes_at_once(self.request.user, Claim) if self.request else False
        if waits and self.instance.readers_see:
            return NOT_ASKED  # the editor who accepts the change is asked
        asked = self.data.get("reworded_text", "").split()
        if asked != self.data.get(self.add_prefix("text"), "").split():
            return {}
        return {rewording.CODE: self.data.get(rewording.CODE, "")}

    def _post_clean(self):
        super()._post_clean()
        wrong = self.errors["text"].as_data() if "text" in self.errors else []
        if [each.code for each in wrong] == [rewording.CODE]:
            [message] = self.errors["text"]
            asked = render_to_string(
                "admin/reworded.html",
                {
                    "message": message,
                    "text": self.cleaned_data.get("text") or self.instance.text,
                    "kind": self.instance.kind,
                    "choices": Reworded.choices,
                },
            )
            self._errors["text"] = self.error_class([asked], renderer=self.renderer)

    def clean_text(self):
        text = self.cleaned_data["text"]
        if self.instance.pk or "is_another" in self.data:
            return text
        if near := known_claims().near(text, kind=self.data.get(self.add_prefix("kind"), "")):
            raise ValidationError(warning(near, Claim, name="is_another"))
        return text


@admin.register(Claim)
class ClaimAdmin(CuratedAdmin):
    form = ClaimForm
    list_display = ["text", "tally", "kind", "state"]
    list_filter = [
        "review_state",
        ContestedFilter,
        ReachesItsNegationFilter,
        "kind",
        OwnTopicFilter,
    ]
    search_fields = ["text__contains_folded", "slug"]
    autocomplete_fields = ["topics"]
    inlines = [RelationsFrom, RelationsTo]
    fields = ["text", "kind", "topics", "slug", "language"]
    # Filled in by the modules of these ideas.
    panels = []
    consequences = []

    class Media:
        js = ["claims/in_place.js"]

    def get_changelist(self, request, **kwargs):
        return Tallied

    @admin.display(description="asserted and denied by")
    def tally(self, claim):
        return render_to_string("admin/tally.html", {"claim": claim})

    # What a revert asks beside why, by the field that it is about.
    questions = {"text": (rewording.CODE, "If the text says something else", Reworded.choices)}

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        obj.carry_out()
        ticked = [pk for pk in request.POST.getlist("reworded_checked") if is_an_id(pk)]
        if ticked and may_publish(request.user, Claim):
            found = Rewording.objects.unchecked().filter(claim=obj, pk__in=ticked)
            found.update(checked_at=timezone.now(), checked_by=request.user)

    def about(self, claim):
        return [claim.get_kind_display()]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["text"]}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "text":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 2})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs["widget"] = SeveralTopics(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Relation)
class RelationAdmin(DeskAdmin):
    list_display = ["from_claim", "kind", "to_claim"]
    list_display_links = ["from_claim", "kind"]
    list_filter = ["kind"]
    search_fields = ["kind"]
    search_through = {
        "from_claim": ["text__contains_folded", "slug__contains_folded"],
        "to_claim": ["text__contains_folded", "slug__contains_folded"],
        "id": ["rationale__contains_folded"],
    }
    autocomplete_fields = ["from_claim", "to_claim"]
    label_related = ["from_claim", "to_claim"]
    fields = ["from_claim", "kind", "to_claim", "rationale"]


@admin.register(Topic)
class TopicAdmin(DeskAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name__contains_folded", "slug"]
    ordering = ["name"]
    fields = ["name", "slug"]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["name"]}

    def get_deleted_objects(self, objs, request):
        """Say how many claims lose a topic, instead of each that does."""
        _, counts, lacking, protected = super().get_deleted_objects(objs, request)
        claims = Claim.objects.filter(topics__in=objs).distinct()
        lose, public = claims.count(), claims.public().count()
        lines = [str(topic) for topic in objs]
        if lose:
            what = "1 claim loses" if lose == 1 else f"{lose} claims lose"
            which = "this topic" if len(lines) == 1 else "one of these topics"
            lines.append(f"{what} {which}, {public} of them published")
        return lines, counts, lacking, protected
