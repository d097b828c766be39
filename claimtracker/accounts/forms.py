from django import forms

from claimtracker.accounts.models import NAME_IS_TAKEN, Token

LIFETIMES = [(30, "30 days"), (90, "90 days"), (365, "a year")]


class TokenForm(forms.ModelForm):
    """A new token, for the user of its instance."""

    days = forms.TypedChoiceField(
        choices=LIFETIMES, coerce=int, initial=90, label="Valid for", help_text="Then make another."
    )

    class Meta:
        model = Token
        fields = ["name"]

    def clean(self):
        given = super().clean()
        user = given.get("user") or getattr(self.instance, "user", None)
        if user and user.tokens.live().filter(name=given.get("name")).exists():
            self.add_error("name", NAME_IS_TAKEN)
        return given


class PasswordForm(forms.Form):
    """The password again, before something that whoever found an open browser must not do."""

    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self):
        password = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password.")
        return password
