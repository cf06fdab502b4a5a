import { KEY_VARIABLE, type Place, type Step } from "./place.ts";

/** https://docs.openhands.dev/sdk/guides/security: an analyzer of one's own, and a policy that asks about what it calls risky. */
const python = ({ url, repository }: Place): string => `import json, os, urllib.request
from openhands.sdk.security.analyzer import SecurityAnalyzerBase
from openhands.sdk.security.confirmation_policy import ConfirmRisky
from openhands.sdk.security.risk import SecurityRisk

URL = ${JSON.stringify(url)}
HEADERS = {
    "Authorization": "Bearer " + os.environ["${KEY_VARIABLE}"],
    "Content-Type": "application/json",
    "Countersign-Repository": ${repository === null ? 'os.environ["GITHUB_REPOSITORY"]' : JSON.stringify(repository)},
}

def asked_as(tool, action):
    """The action in the words of the hook; None for what it has no words for."""
    if tool == "terminal":
        return "Bash", {"command": action.command}
    if tool == "file_editor" and action.command == "view":
        return "Read", {"file_path": action.path}
    if tool == "file_editor" and action.command == "create":
        return "Write", {"file_path": action.path, "content": action.file_text or ""}
    if tool == "file_editor" and action.command == "str_replace":
        return "Edit", {"file_path": action.path, "old_string": action.old_str or "", "new_string": action.new_str or ""}
    return None

class Countersign(SecurityAnalyzerBase):
    def security_risk(self, action):
        said = asked_as(action.tool_name, action.action)
        if said is None:
            return SecurityRisk.HIGH
        body = {"hook_event_name": "PreToolUse", "cwd": os.getcwd(), "permission_mode": "default",
                "tool_name": said[0], "tool_input": said[1]}
        request = urllib.request.Request(URL + "/v1/hooks/claude-code/pre-tool-use", json.dumps(body).encode(), HEADERS)
        try:
            with urllib.request.urlopen(request, timeout=25) as answer:
                decision = json.load(answer)["hookSpecificOutput"]["permissionDecision"]
        except Exception:
            return SecurityRisk.HIGH
        return SecurityRisk.LOW if decision == "allow" else SecurityRisk.HIGH

conversation.set_security_analyzer(Countersign())
conversation.set_confirmation_policy(ConfirmRisky(threshold=SecurityRisk.MEDIUM, confirm_unknown=True))`;

const servers = ({ url }: Place): string => `mcp_config = {
    "mcpServers": {
        "countersign": {
            "url": ${JSON.stringify(`${url}/mcp`)},
            "headers": {"Authorization": "Bearer " + os.environ["${KEY_VARIABLE}"]},
        }
    }
}
agent = Agent(llm=llm, tools=tools, mcp_config=mcp_config)`;

export const openhands = (place: Place): readonly Step[] => [
  {
    title: "Where the conversation is made: the analyzer",
    why: "OpenHands asks whoever sits there about everything that Countersign does not let through, and about everything when Countersign does not answer. It asks, it does not refuse: the wall is that credentials are with Countersign alone, and the merge gate.",
    text: python(place),
  },
  {
    title: "Where the agent is made: Countersign's tools",
    why: "Calls of these are decided here, and refused here.",
    text: servers(place),
  },
];
