from ghcr_action.values.secret import Secret


def test_secret__shows_itself_only_when_asked_by_name() -> None:
    secret = Secret("hunter2")

    assert secret.reveal() == "hunter2"
    assert f"{secret} {secret!r} {(secret,)}" == "*** *** (***,)"
    assert secret
    assert not Secret("")
