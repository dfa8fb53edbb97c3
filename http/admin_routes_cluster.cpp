#include "http/admin_routes.hpp"
#include "http/gather.hpp"
#include "http/object_text.hpp"

#include <algorithm>

namespace frontrow::http {

namespace {

std::string_view name_of(persistence::lease_state state) {
  switch (state) {
  case persistence::lease_state::held:
    return "HELD";
  case persistence::lease_state::away:
    return "AWAY";
  case persistence::lease_state::lost:
    return "LOST";
  }
  return "UNKNOWN";
}

std::string node_json(const admin_front& in) {
  object_text node;
  node.add("id", in.self.id)
      .add("name", in.self.name)
      .add("address", in.self.address)
      .add_json("roles", list_text(in.self.roles,
                                   [](const std::string& role) {
                                     std::string text;
                                     persistence::append_string(text, role);
                                     return text;
                                   }))
      .add("startedAt", in.self.started_at)
      .add("shards", in.self.shards.size())
      .add("lease", name_of(in.lease()))
      .add("leader", true);
  return std::move(node).text();
}

response read_cluster(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  object_text journal;
  journal.add("databases", in.databases.dsns.size())
      .add("available", in.node.writer().available())
      .add("pending", in.node.writer().pending())
      .add("readsPending", in.node.reader().pending());
  object_text body;
  body.add("shardCount", in.node.shard_count())
      .add("leader", in.self.id)
      .add_json("nodes", "[" + node_json(in) + "]")
      .add_json("journal", std::move(journal).text());
  return json_text(200, std::move(body).text());
}

using shard_answers = std::vector<actors::outcome<actors::shard_status>>;

shard_answers ask_shards(admin_front& in, const std::vector<shard_facts>& shards) {
  return gather<actors::shard_status>(shards, [&](const shard_facts& each, auto then) {
    in.node.ask_shard<actors::shard_status>(each.shard, actors::read_shard{}, std::move(then));
  });
}

std::string shard_json(const admin_front& in, const shard_facts& facts,
                       const actors::outcome<actors::shard_status>& told) {
  const auto* status = std::get_if<actors::shard_status>(&told);
  object_text shard;
  shard.add("shard", facts.shard)
      .add("owner", in.self.id)
      .add("epoch", status != nullptr ? status->epoch : facts.epoch)
      .add("state", status != nullptr ? "OWNED" : "UNANSWERED");
  if (status != nullptr)
    shard.add("actors", status->live);
  else
    shard.add_null("actors");
  shard.add("lastMoveAt", facts.moved_at).add("lastMoveMs", facts.took.count());
  return std::move(shard).text();
}

response list_shards(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  const auto told = ask_shards(in, in.self.shards);
  std::vector<cluster::shard_id> unanswered;
  for (std::size_t at = 0; at < told.size(); ++at)
    if (!std::holds_alternative<actors::shard_status>(told[at]))
      unanswered.push_back(in.self.shards[at].shard);
  std::size_t at = 0;
  object_text body;
  body.add_json("shards",
                list_text(in.self.shards,
                          [&](const shard_facts& each) { return shard_json(in, each, told[at++]); }))
      .add_numbers("unanswered", unanswered);
  return json_text(200, std::move(body).text());
}

/// A shard's number from the path; nothing: no such shard. (0 is one, so it is no `{:id}`.)
std::optional<shard_facts> shard_named(const admin_front& in, std::string_view text) {
  for (const auto& each : in.self.shards)
    if (std::to_string(each.shard) == text)
      return each;
  return std::nullopt;
}

response read_shard(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  const auto facts = shard_named(in, asked.text("shard"));
  if (!facts)
    return asked.problem(error_code::not_found, "There is no such shard.");
  const auto told = ask_shards(in, {*facts});
  return json_text(200, shard_json(in, *facts, told.front()));
}

response drain_node(admin_front& in, admin_request& asked) {
  auto body = asked.json();
  if (const auto wrong = body.finish())
    return asked.invalid(*wrong);
  if (asked.text("nodeId") != in.self.id)
    return asked.problem(error_code::not_found, "There is no such node.");
  return asked.problem(error_code::no_other_node, "It is the only node: its shards have nowhere to go.");
}

response rebalance(admin_front&, admin_request& asked) {
  auto body = asked.json();
  if (const auto wrong = body.finish())
    return asked.invalid(*wrong);
  object_text answer;
  answer.add("moves", 0); // one node owns all
  return json_text(200, std::move(answer).text());
}

} // namespace

void add_cluster_routes(admin_router& routes, admin_front& in) {
  routes.add(method::get, "/admin/v1/cluster", "getCluster", access::login, operated_by(in, read_cluster));
  routes.add(method::get, "/admin/v1/shards", "listShards", access::login, operated_by(in, list_shards));
  routes.add(method::get, "/admin/v1/shards/{shard}", "getShard", access::login, operated_by(in, read_shard));
  routes.add(method::post, "/admin/v1/nodes/{nodeId}/drain", "drainNode", access::login,
             operated_by(in, drain_node));
  routes.add(method::post, "/admin/v1/rebalance", "rebalanceCluster", access::login,
             operated_by(in, rebalance));
}

} // namespace frontrow::http
