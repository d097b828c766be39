"""Proposals on the desk: made by saving a page, read and decided on a page of their own."""

from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from claims import actions, proposals, rewording
from claims.models import Deed, Proposal, ProposalState
from claims.models.rewording import Reworded
from claimtracker.admin_site import label
from claimtracker.curated import may_edit
from claimtracker.desk import CappedList, CappedPaginator, DeskAdmin, add_url, change_url, is_an_id
from claimtracker.desk.proposing import page_of
from claimtracker.desk.reasons import ReasonForm
from claimtracker.desk.refusals import REFUSED, refusal
from claimtracker.desk.values import Words
from claimtracker.differences import compared
from claimtracker.history import names_of
from claimtracker.review import OWN_WORDS, own_words

TAKE = "take-"


class Proposals:
    """What the pages of rows ask of proposals."""

    def may(self, user) -> bool:
        return user.has_perm("claims.add_proposal")

    def named(self, request, model, object_id) -> Proposal | None:
        """Return the waiting proposal that the address names, if it is this user's to change."""
        key = request.GET.get("proposal", "")
        if not is_an_id(key):
            return None
        waiting = Proposal.objects.waiting().filter(
            pk=key,
            deed__in=[Deed.CHANGE, Deed.ADD],
            target_type=ContentType.objects.get_for_model(model),
            target_id=object_id if object_id is None or is_an_id(object_id) else None,
        )
        proposal = waiting.select_related("author").first()
        if proposal is None:
            messages.warning(request, "That proposal does not wait any more.")
            return None
        theirs = proposal.author_id != request.user.pk
        if theirs and not actions.may_decide(proposal=proposal, user=request.user):
            return None
        return proposal

    def waiting_for(self, request, row) -> list[Proposal]:
        """Return what waits for a row: to those who decide all of it, to others their own."""
        found = Proposal.objects.waiting().filter(
            target_type=ContentType.objects.get_for_model(row), target_id=row.pk
        )
        return [
            proposal
            for proposal in found.select_related("author").order_by("created_at", "pk")
            if proposal.author_id == request.user.pk
            or actions.may_decide(proposal=proposal, user=request.user)
        ]

    def submit(self, request, model, row, fields, note):
        """Let what a page would save wait; ``row`` is None for a new one."""
        if proposal := page_of(request).proposal:
            return actions.amend(proposal=proposal, fields=fields, user=request.user, note=note)
        if row is None:
            return actions.propose_new(model=model, fields=fields, author=request.user, note=note)
        # The form has written into the row that it has.
        row = type(row)._base_manager.get(pk=row.pk)
        return actions.propose(target=row, fields=fields, author=request.user, note=note)

    def submit_deletion(self, request, row, note):
        return actions.propose_deletion(target=row, author=request.user, note=note)

    def submit_revert(self, request, row, fields, note):
        """Let it wait that a row says again what it said."""
        return actions.propose(target=row, fields=fields, author=request.user, note=note)

    def submit_restoration(self, request, model, pk, note):
        return actions.propose_restoration(model=model, pk=pk, author=request.user, note=note)

    def saved(self, request, row):
        """Note that the form was saved that a proposal had filled in.

        Its author may save it himself where readers no longer see the row.
        """
        proposal, reason = page_of(request).proposal, request.POST.get("reason", "")
        if actions.may_decide(proposal=proposal, user=request.user):
            actions.accept_as_saved(proposal=proposal, row=row, user=request.user, reason=reason)
        else:
            actions.withdraw(proposal=proposal, user=request.user, reason=reason)


DeskAdmin.proposals = Proposals()


class Told:
    """A proposal in an editor's words."""

    def __init__(self, proposal, edits, words=None):
        self.proposal, self.edits = proposal, edits
        if words is None:
            words = Words()
            words.learn(proposals.named_in(edits))
        self.rows = [
            self._row(row, words) for row in edits if row.edits or row.is_part or row.is_gone
        ]

    def _row(self, row, words):
        name = row.model._meta.verbose_name
        waits = self.proposal.state == ProposalState.WAITING
        if row.is_part:
            what = f"{capfirst(name)} “{row.row}”" if row.row else capfirst(name)
            heading = {
                Deed.ADD: f"New {name}",
                Deed.CHANGE: what,
                Deed.DELETE: f"{what}: delete it",
                Deed.RESTORE: f"{what}: it comes back",
            }[row.deed]
        else:
            heading = ""
        return {
            "heading": heading,
            "is_new": row.deed in proposals.COMING,
            "is_gone": row.is_gone,
            "conflict": f"{TAKE}{row.path}" if waits and row.is_conflict else "",
            "fields": [self._field(edit, row, words) for edit in row.edits],
        }

    def _field(self, edit, row, words):
        # Of what is decided, what it was; of what waits, what it is now.
        waits = self.proposal.state == ProposalState.WAITING
        before = words.of(edit.field, edit.now if waits and row.row else edit.base)
        after = words.of(edit.field, edit.proposed)
        is_text = isinstance(edit.proposed, str) and not edit.field.choices
        return {
            "label": capfirst(edit.field.verbose_name),
            "base": words.of(edit.field, edit.base),
            "before": before,
            "after": after,
            "pieces": compared(before, after) if is_text and before and after else (),
            "conflict": f"{TAKE}{edit.path}" if waits and edit.is_conflict else "",
        }

    def sentences(self, error) -> list[str]:
        """Return what is wrong with a proposal, by the names that a reader knows."""
        if not hasattr(error, "error_dict"):
            return error.messages
        labels = {edit.path: edit.field.verbose_name for row in self.edits for edit in row.edits}
        return [
            f"{capfirst(labels.get(path, path.rpartition('.')[2]))}: {message}"
            if path != "__all__"
            else message
            for path, found in error.message_dict.items()
            for message in found
        ]


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return ProposalState.choices

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() else queryset


class MineFilter(admin.SimpleListFilter):
    title = "author"
    parameter_name = "by"

    def lookups(self, request, model_admin):
        return [("me", "Me")]

    def queryset(self, request, queryset):
        return queryset.filter(author=request.user) if self.value() == "me" else queryset


@admin.register(Proposal)
class ProposalAdmin(admin.ModelAdmin):
    """What was proposed, and the page on which it is decided."""

    list_display = ["what", "author", "created_at", "state", "decided_by", "answer"]
    list_filter = [StateFilter, MineFilter]
    list_per_page = 50
    show_full_result_count = False
    paginator = CappedPaginator
    ordering = ["-pk"]
    actions = None

    def get_changelist(self, request, **kwargs):
        return CappedList

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        """Leave out what is proposed of rows that the user may not edit: it tells what they say."""
        seen = [model for model in proposals.TARGETS if may_edit(request.user, model)]
        types = ContentType.objects.get_for_models(*seen).values()
        return with_targets(super().get_queryset(request).filter(target_type__in=types))

    @admin.display(description="proposal")
    def what(self, proposal):
        return what_of(proposal)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if object_id is None:
            raise PermissionDenied
        proposal = self.get_object(request, object_id)
        if proposal is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, proposal):
            raise PermissionDenied
        problems, form, asks = [], ReasonForm(), False
        if request.method == "POST":
            form = ReasonForm(request.POST)
            try:
                return self._decided(request, proposal, form)
            except (*REFUSED, ValidationError, PermissionDenied, OperationalError) as error:
                problems = self._problems(proposal, error)
                asks = isinstance(error, ValidationError) and rewording.is_asked(error)
            proposal.refresh_from_db()
        return self._page(request, proposal, form, problems, asks)

    def _decided(self, request, proposal, form):
        deed = next((name for name in DEEDS if f"_{name}" in request.POST), None)
        if deed is None:
            raise ValidationError("Choose what to do with it.")
        reason = form.cleaned_data.get("reason", "") if form.is_valid() else ""
        more = {}
        if deed == "accept":
            chosen = {name: value for name, value in request.POST.items() if name.startswith(TAKE)}
            more["decisions"] = {
                name.removeprefix(TAKE): value == "proposed" for name, value in chosen.items()
            }
            more["seen"] = request.POST.get("seen", "")
            more["answers"] = {rewording.CODE: request.POST.get(rewording.CODE, "")}
        done = getattr(actions, deed)(proposal=proposal, user=request.user, reason=reason, **more)
        self.message_user(request, DEEDS[deed], messages.SUCCESS)
        return HttpResponseRedirect(change_url(done))

    def _problems(self, proposal, error):
        if isinstance(error, PermissionDenied):
            return [str(error) or "You may not do that."]
        if isinstance(error, ValidationError):
            return Told(proposal, self._edits(proposal)).sentences(error)
        if not (message := refusal(error)):
            raise error
        return [message]

    def _edits(self, proposal):
        return proposals.read(proposal, proposal.target)

    def _page(self, request, proposal, form, problems, asks=False):
        edits = self._edits(proposal)
        is_waiting = proposal.state == ProposalState.WAITING
        is_own = proposal.author_id == request.user.pk
        may_decide = actions.may_decide(proposal=proposal, user=request.user)
        target = proposal.target
        context = {
            **self.admin_site.each_context(request),
            "title": f"Proposal: {what_of(proposal)}",
            "opts": self.opts,
            "proposal": proposal,
            "target": target,
            "target_url": change_url(target) if target else "",
            "told": Told(proposal, edits),
            "seen": proposals.digest(edits),
            "form": form,
            "problems": problems,
            "reworded": Reworded.choices if asks else (),
            "may_decide": is_waiting and may_decide,
            "own_words": OWN_WORDS if own_words(rows=[proposal], user=request.user) else "",
            "may_withdraw": is_waiting and is_own,
            "form_url": form_address(proposal) if is_waiting and (is_own or may_decide) else "",
        }
        return TemplateResponse(request, "admin/proposal.html", context)


DEEDS = {
    "accept": "It is accepted: readers see it.",
    "reject": "It is refused; its author reads why.",
    "withdraw": "It is withdrawn.",
}


def form_address(proposal) -> str:
    """Return the address of the form that a proposal fills in; blank where there is none."""
    if proposal.deed in (Deed.DELETE, Deed.RESTORE):
        return ""
    if proposal.deed == Deed.ADD:
        return add_url(proposals.target_model(proposal), proposal=proposal.pk)
    return f"{change_url(proposal.target)}?proposal={proposal.pk}" if proposal.target else ""


def with_targets(queryset):
    """Load who proposed and decided, and what proposals are about, a query a model."""
    rows = []
    for model in proposals.TARGETS:
        related = admin.site.get_model_admin(model).label_related
        rows.append(model._base_manager.select_related(*related))
    named = queryset.select_related("target_type", "author", "decided_by")
    return named.prefetch_related(GenericPrefetch("target", rows))


def what_of(proposal) -> str:
    """Return in words what a proposal is about: “Claim: The road is shut.”"""
    name = proposal.target_type.name
    if proposal.deed == Deed.ADD:
        return f"New {name}"
    deed = {Deed.DELETE: "Delete the ", Deed.RESTORE: "Restore the "}.get(proposal.deed, "")
    if proposal.target:
        about = label(admin.site, proposal.target)
    else:
        key = (proposals.target_model(proposal), proposal.target_id)
        about = f"{names_of([key]).get(key, key[1])} (deleted)"
    return capfirst(f"{deed}{name}: {about}")
