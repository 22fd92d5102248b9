"""Files through a real server, also one that was started again."""

from __future__ import annotations

from tests.conftest import Arrive, Serve, new_client_id
from tests.security.test_uploads import download, files_in, picture, upload


async def test_a_picture_goes_each_way_and_is_there_after_a_restart(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei = await customer(server), await agent(server)
    started = await li_na.do("start", topic="refund", client_id=new_client_id())
    here = {"conversation_id": started["conversation"]["id"], "body": ""}
    await mei.do("pick", conversation_id=here["conversation_id"])
    for someone, other, door in ((li_na, mei, "customer"), (mei, li_na, "agent")):
        status, answer = await upload(server, someone.token, picture(), "断带.png", door)
        assert status == 200, answer
        await someone.do("say", client_id=new_client_id(), attachment_id=answer["value"]["attachment_id"], **here)
        sent = {"attachment": answer["value"]}
        heard = await other.hears("message", lambda message, sent=sent: message.get("data") == sent)
        assert (heard["kind"], sent["attachment"]["name"]) == ("file", "断带.png")
        status, _, content = await download(server, answer["value"]["url"], other.token)
        assert (status, len(content)) == (200, answer["value"]["size"])

    await server.stop()
    server = await serve()
    assert len(files_in(server)) == 2
    assert (await download(server, answer["value"]["url"], li_na.token))[0] == 200
