#include "http/admin_routes.hpp"
#include "http/gather.hpp"
#include "http/object_text.hpp"

#include <algorithm>

namespace frontrow::http {

std::shared_ptr<const cluster::cluster_view> view_of(const admin_front& in) {
  auto view = in.cluster.view();
  return view ? view : std::make_shared<const cluster::cluster_view>();
}

std::string incarnation_of(const cluster::cluster_view& view, cluster::node_number number) {
  const auto* who = view.find(number);
  return who == nullptr ? std::string{} : who->incarnation;
}

std::set<std::string> owners_of(const cluster::cluster_view& view, const std::vector<cluster::shard_id>& shards) {
  std::set<std::string> owners;
  for (const auto shard : shards)
    if (auto owner = incarnation_of(view, view.shards.at(static_cast<std::size_t>(shard)).owner); !owner.empty())
      owners.insert(std::move(owner));
  return owners;
}

namespace {

std::string_view name_of(actors::lease_state state) {
  switch (state) {
  case actors::lease_state::held:
    return "HELD";
  case actors::lease_state::away:
    return "AWAY";
  case actors::lease_state::lost:
    return "LOST";
  }
  return "UNKNOWN";
}

/// A UUID, or null where there is nobody.
void add_node(object_text& to, std::string_view name, const std::string& incarnation) {
  if (incarnation.empty())
    to.add_null(name);
  else
    to.add(name, incarnation);
}

std::string node_json(const admin_front& in, const cluster::cluster_view& view, const cluster::member& who) {
  const auto owned = std::count_if(view.shards.begin(), view.shards.end(),
                                   [&](const auto& each) { return each.owner == who.number; });
  const auto self = who.number == in.node.number();
  const auto lease = self ? name_of(in.cluster.lease()) : who.lease_left.count() < 0 ? "LAPSED" : "HELD";
  object_text node;
  node.add("id", who.incarnation)
      .add("number", who.number)
      .add("name", who.name)
      .add("address", who.address)
      .add_json("roles", list_text(who.roles, quoted))
      .add("weight", who.weight)
      .add("state", who.wish == cluster::node_wish::drain ? "DRAINING" : "LIVING")
      .add("startedAt", domain::instant{std::chrono::milliseconds{who.started_at}})
      .add("shards", owned)
      .add("lease", lease)
      .add("leader", who.number == view.leader);
  return std::move(node).text();
}

response read_cluster(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  const auto view = view_of(in);
  object_text journal;
  journal.add("databases", in.databases.dsns.size())
      .add("available", in.node.writer().available())
      .add("pending", in.node.writer().pending())
      .add("readsPending", in.node.reader().pending());
  object_text body;
  body.add("shardCount", in.node.shard_count());
  add_node(body, "self", incarnation_of(*view, in.node.number()));
  add_node(body, "leader", incarnation_of(*view, view->leader));
  body.add_json("nodes", list_text(view->members, [&](const auto& each) { return node_json(in, *view, each); }))
      .add_json("journal", std::move(journal).text());
  return json_text(200, std::move(body).text());
}

using shard_answers = std::vector<actors::outcome<actors::shard_status>>;

shard_answers ask_shards(admin_front& in, const std::vector<cluster::shard_id>& shards) {
  return gather<actors::shard_status>(shards, [&](cluster::shard_id each, auto then) {
    in.node.ask_shard<actors::shard_status>(each, actors::read_shard{}, std::move(then));
  });
}

std::string_view state_of(const cluster::cluster_view& view, const cluster::shard_entry& entry,
                          const actors::shard_status* status) {
  if (view.find(entry.owner) == nullptr)
    return "FREE";
  if (entry.wanted != 0 && entry.wanted != entry.owner)
    return "MOVING";
  return status != nullptr ? "OWNED" : "UNANSWERED";
}

std::string shard_json(const cluster::cluster_view& view, cluster::shard_id number,
                       const actors::outcome<actors::shard_status>& told) {
  const auto* status = std::get_if<actors::shard_status>(&told);
  const auto& entry = view.shards[static_cast<std::size_t>(number)];
  object_text shard;
  shard.add("shard", number);
  add_node(shard, "owner", incarnation_of(view, entry.owner));
  add_node(shard, "wanted", incarnation_of(view, entry.wanted));
  shard.add("epoch", status != nullptr ? status->epoch : entry.epoch)
      .add("state", state_of(view, entry, status));
  if (status != nullptr)
    shard.add("actors", status->live);
  else
    shard.add_null("actors");
  if (entry.moved_at == 0)
    shard.add_null("lastMoveAt").add_null("lastMoveMs");
  else
    shard.add("lastMoveAt", domain::instant{std::chrono::milliseconds{entry.moved_at}})
        .add("lastMoveMs", entry.move_ms);
  return std::move(shard).text();
}

response list_shards(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  const auto view = view_of(in);
  std::vector<cluster::shard_id> owned;
  for (std::size_t at = 0; at < view->shards.size(); ++at)
    if (view->find(view->shards[at].owner) != nullptr)
      owned.push_back(static_cast<cluster::shard_id>(at));
  auto told = ask_shards(in, owned);
  std::vector<actors::outcome<actors::shard_status>> of_all(view->shards.size(), actors::unavailable{});
  std::vector<cluster::shard_id> unanswered;
  for (std::size_t at = 0; at < told.size(); ++at) {
    if (!std::holds_alternative<actors::shard_status>(told[at]))
      unanswered.push_back(owned[at]);
    of_all[static_cast<std::size_t>(owned[at])] = std::move(told[at]);
  }
  cluster::shard_id next = 0;
  object_text body;
  body.add_json("shards", list_text(of_all,
                                    [&](const auto& answer) { return shard_json(*view, next++, answer); }))
      .add_numbers("unanswered", unanswered)
      .add_json("unansweredNodes", list_text(owners_of(*view, unanswered), quoted));
  return json_text(200, std::move(body).text());
}

/// A shard's number from the path; nothing: no such shard. (0 is one, so it is no `{:id}`.)
std::optional<cluster::shard_id> shard_named(const cluster::cluster_view& view, std::string_view text) {
  for (std::size_t at = 0; at < view.shards.size(); ++at)
    if (std::to_string(at) == text)
      return static_cast<cluster::shard_id>(at);
  return std::nullopt;
}

response read_shard(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  const auto view = view_of(in);
  const auto shard = shard_named(*view, asked.text("shard"));
  if (!shard)
    return asked.problem(error_code::not_found, "There is no such shard.");
  const auto told = ask_shards(in, {*shard});
  return json_text(200, shard_json(*view, *shard, told.front()));
}

response drain_node(admin_front& in, admin_request& asked) {
  auto body = asked.json();
  if (const auto wrong = body.finish())
    return asked.invalid(*wrong);
  const auto view = view_of(in);
  const auto named = std::find_if(view->members.begin(), view->members.end(),
                                  [&](const auto& each) { return each.incarnation == asked.text("nodeId"); });
  if (named == view->members.end())
    return asked.problem(error_code::not_found, "There is no such node.");
  using answer = actors::membership::drain_answer;
  switch (in.cluster.drain(named->number)) {
  case answer::done:
    break;
  case answer::no_such_node:
    return asked.problem(error_code::not_found, "There is no such node.");
  case answer::no_other_node:
    return asked.problem(error_code::no_other_node, "No other node hosts shards: they have nowhere to go.");
  case answer::unavailable:
    return unavailable_response(asked);
  }
  object_text drained;
  drained.add("nodeId", named->incarnation)
      .add("state", "DRAINING")
      .add("shards", std::count_if(view->shards.begin(), view->shards.end(),
                                   [&](const auto& each) { return each.owner == named->number; }));
  return json_text(202, std::move(drained).text());
}

response rebalance(admin_front& in, admin_request& asked) {
  auto body = asked.json();
  if (const auto wrong = body.finish())
    return asked.invalid(*wrong);
  object_text answer;
  answer.add("moves", in.cluster.rebalance());
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
