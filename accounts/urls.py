"""Addresses of accounts' pages."""

from django.urls import path

from accounts.views import profile, sign_in, users

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("settings/", users.user_list, name="settings"),
    path("settings/access/", users.access, name="access"),
    path("settings/search/", users.search, name="search_users"),
    path("settings/users/new/", users.new_user, name="new_user"),
    path("settings/users/<int:user_id>/", users.user_page, name="user"),
    path("settings/users/<int:user_id>/role/", users.user_role, name="user_role"),
    path("settings/users/<int:user_id>/active/", users.user_active, name="user_active"),
    path("settings/users/<int:user_id>/password/", users.user_password, name="user_password"),
    path("settings/users/<int:user_id>/tokens/", users.user_token, name="user_token"),
    path(
        "settings/users/<int:user_id>/tokens/<int:token_id>/revoke/",
        users.user_token_revoke,
        name="user_token_revoke",
    ),
    path("settings/users/<int:user_id>/second-factor/", users.user_second_factor, name="user_second_factor"),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/profile/preferences/", profile.preferences, name="preferences"),
    path("settings/profile/password/", profile.password, name="change_password"),
    path("settings/profile/second-factor/", profile.second_factor_begin, name="second_factor"),
    path(
        "settings/profile/second-factor/confirm/", profile.second_factor_confirm, name="second_factor_confirm"
    ),
    path("settings/profile/second-factor/codes/", profile.backup_codes, name="backup_codes"),
    path("settings/profile/second-factor/remove/", profile.second_factor_remove, name="second_factor_remove"),
    path("settings/profile/tokens/", profile.token, name="new_token"),
    path("settings/profile/tokens/<int:token_id>/revoke/", profile.token_revoke, name="revoke_token"),
]
