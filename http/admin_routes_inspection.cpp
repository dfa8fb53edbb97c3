#include "actors/ask_and_wait.hpp"
#include "http/admin_routes.hpp"
#include "http/gather.hpp"
#include "http/object_text.hpp"
#include "http/shown_event.hpp"
#include "persistence/replay.hpp"

#include <algorithm>
#include <limits>

namespace frontrow::http {

const named_values<domain::entity_kind>& entity_kinds() {
  using enum domain::entity_kind;
  static const named_values<domain::entity_kind> table{{domain::name_of(seat_map), seat_map},
                                                       {domain::name_of(account), account},
                                                       {domain::name_of(queue), queue}};
  return table;
}

namespace {

using domain::entity_kind;
using domain::entity_ref;

constexpr std::size_t page_standard = 100;
constexpr std::size_t page_max = 1'000;
constexpr std::size_t cursor_length_max = 64;
/// Rows of a history in memory at a time while a past state is rebuilt.
constexpr std::size_t page_rows = 4'000;
constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();

/// "<kind>:<id>", the cursor of the list of actors.
std::string entity_text(entity_ref entity) {
  return std::string{domain::name_of(entity.kind)} + ":" + std::to_string(entity.id);
}

std::optional<entity_kind> kind_named(std::string_view name) {
  for (const auto& [text, kind] : entity_kinds())
    if (text == name)
      return kind;
  return std::nullopt;
}

std::optional<entity_ref> parse_entity(const std::string& text) {
  for (const auto& [name, kind] : entity_kinds()) {
    if (!text.starts_with(std::string{name} + ":"))
      continue;
    const auto digits = text.substr(name.size() + 1);
    std::int64_t id = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, id);
    if (error == std::errc{} && stop == end && id > 0)
      return entity_ref{kind, id};
  }
  return std::nullopt;
}

struct wanted_actors {
  std::optional<entity_kind> kind;
  std::optional<std::string> node;
  std::optional<std::int64_t> shard;
  entity_ref after;
  std::size_t limit = 0;
};

/// What lives in the cluster's shards, in order, one more than asked for; the shards that did not answer.
struct living {
  std::vector<entity_ref> entities;
  std::vector<cluster::shard_id> unanswered;
};

living find_actors(admin_front& in, const wanted_actors& wanted) {
  std::vector<cluster::shard_id> shards;
  const auto view = view_of(in);
  for (std::size_t at = 0; at < view->shards.size(); ++at) {
    const auto shard = static_cast<cluster::shard_id>(at);
    const auto owner = incarnation_of(*view, view->shards[at].owner);
    if (!owner.empty() && (!wanted.shard || *wanted.shard == shard) && (!wanted.node || *wanted.node == owner))
      shards.push_back(shard);
  }
  const actors::read_shard question{wanted.after, static_cast<std::int32_t>(wanted.limit) + 1};
  const auto told = gather<actors::shard_status>(shards, [&](cluster::shard_id shard, auto then) {
    in.node.ask_shard<actors::shard_status>(shard, question, std::move(then));
  });
  living found;
  for (std::size_t at = 0; at < shards.size(); ++at) {
    if (const auto* status = std::get_if<actors::shard_status>(&told[at]))
      found.entities.insert(found.entities.end(), status->entities.begin(), status->entities.end());
    else
      found.unanswered.push_back(shards[at]);
  }
  std::erase_if(found.entities, [&](entity_ref each) { return wanted.kind && each.kind != *wanted.kind; });
  std::sort(found.entities.begin(), found.entities.end());
  return found;
}

std::string status_json(const cluster::cluster_view& view, const actors::entity_status& status) {
  object_text actor;
  actor.add("kind", domain::name_of(status.entity.kind))
      .add("id", status.entity.id)
      .add("node", incarnation_of(view, view.shards.at(static_cast<std::size_t>(status.shard)).owner))
      .add("shard", status.shard)
      .add("mailboxLength", status.mailbox)
      .add("version", status.version)
      .add("durableVersion", status.durable_version)
      .add("commands", status.commands)
      .add("refusals", status.refusals);
  if (status.last_command_at == domain::instant{})
    actor.add_null("lastCommandAt");
  else
    actor.add("lastCommandAt", status.last_command_at);
  actor.add("memoryBytes", status.memory_bytes);
  return std::move(actor).text();
}

std::optional<wanted_actors> wanted_of(query_reader& query) {
  wanted_actors wanted;
  wanted.kind = query.optional_choice("kind", entity_kinds());
  wanted.node = query.optional_text("node", cursor_length_max);
  wanted.shard = query.optional_int("shard", 0, std::numeric_limits<std::int32_t>::max());
  wanted.limit = query.limit(page_standard, page_max);
  if (const auto after = query.optional_text("after", cursor_length_max)) {
    const auto entity = parse_entity(*after);
    if (!entity)
      return std::nullopt;
    wanted.after = *entity;
  }
  if (wanted.kind) // ids begin at 1, so this is just before the first of the kind
    wanted.after = std::max(wanted.after, entity_ref{*wanted.kind, 0});
  return wanted;
}

response list_actors(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  const auto wanted = wanted_of(query);
  if (!wanted)
    query.fail("after must be the `next` of an earlier page");
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  auto found = find_actors(in, *wanted);
  const auto more = found.entities.size() > wanted->limit;
  if (more)
    found.entities.resize(wanted->limit);
  const auto told = gather<actors::entity_status>(found.entities, [&](entity_ref entity, auto then) {
    in.node.ask_actor<actors::entity_status>(entity, actors::read_status{}, std::move(then));
  });
  std::vector<actors::entity_status> answered;
  std::vector<std::string> unanswered;
  auto silent = found.unanswered;
  for (std::size_t at = 0; at < told.size(); ++at) {
    if (const auto* status = std::get_if<actors::entity_status>(&told[at]))
      answered.push_back(*status);
    else {
      unanswered.push_back('"' + entity_text(found.entities[at]) + '"');
      silent.push_back(in.node.shard_of(found.entities[at]));
    }
  }
  const auto view = view_of(in);
  for (const auto shard : found.unanswered)
    unanswered.push_back("\"shard:" + std::to_string(shard) + '"');
  object_text body;
  body.add_json("actors", list_text(answered, [&](const auto& each) { return status_json(*view, each); }))
      .add_json("unanswered", list_text(unanswered, [](const std::string& each) { return each; }))
      .add_json("unansweredNodes", list_text(owners_of(*view, silent), quoted));
  if (more)
    body.add("next", entity_text(found.entities.back()));
  else
    body.add_null("next");
  return json_text(200, std::move(body).text());
}

/// The actor that a path names; nothing: there is none, and none is to be brought to life by asking.
std::optional<entity_ref> entity_of(const admin_front& in, const admin_request& asked) {
  const auto kind = kind_named(asked.text("kind"));
  if (!kind)
    return std::nullopt;
  const auto id = asked.id("id");
  const auto catalog = in.catalog.now();
  if (*kind == entity_kind::seat_map && !catalog->option(id))
    return std::nullopt;
  if (*kind == entity_kind::queue && catalog->concert(id) == nullptr)
    return std::nullopt;
  return entity_ref{*kind, id};
}

response no_such_actor(const request& asked) {
  return asked.problem(error_code::not_found, "There is no such actor.");
}

response state_response(const admin_front& in, entity_ref entity, std::int64_t version,
                        std::string_view state) {
  object_text body;
  body.add("kind", domain::name_of(entity.kind))
      .add("id", entity.id)
      .add("shard", in.node.shard_of(entity))
      .add("version", version)
      .add_json("state", state);
  return json_text(200, std::move(body).text());
}

/// The state after the event numbered `version`, from the journal alone.
template <class Machine>
response past_state(admin_front& in, const request& asked, entity_ref entity, std::int64_t version) {
  persistence::journal_view journal{in.databases, in.session};
  const persistence::entity_address address{entity, in.node.shard_of(entity)};
  std::optional<typename persistence::machine_loader<Machine>::result> told;
  const auto load = [&](persistence::snapshots use) {
    persistence::machine_loader<Machine> loader{entity.id,
                                                [&](auto result, persistence::replayed_size) { told.emplace(std::move(result)); }};
    journal.load(address, {use, version}, page_rows, loader);
  };
  load(persistence::snapshots::used);
  if (told && !*told && std::holds_alternative<persistence::unusable_snapshot>(told->error()))
    load(persistence::snapshots::ignored);
  if (!told)
    return unavailable_response(asked);
  if (!*told) {
    if (const auto* corrupt = std::get_if<persistence::corrupt_history>(&told->error()))
      return asked.problem(error_code::internal,
                           "The history does not fit at version " + std::to_string(corrupt->version) + ".");
    return unavailable_response(asked);
  }
  const auto& machine = **told;
  if (machine.version() != version)
    return asked.problem(error_code::not_found, "The actor has no event of that version.");
  return state_response(in, entity, version, persistence::state_json(machine.snapshot()));
}

response read_actor(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  const auto version = query.optional_int("version", 1, int64_max);
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  const auto entity = entity_of(in, asked);
  if (!entity)
    return no_such_actor(asked);
  if (version && entity->kind == entity_kind::seat_map)
    return past_state<domain::seat_map>(in, asked, *entity, *version);
  if (version && entity->kind == entity_kind::account)
    return past_state<domain::account>(in, asked, *entity, *version);
  if (version)
    return past_state<domain::queue>(in, asked, *entity, *version);
  const auto told = actors::ask_actor_and_wait<actors::state_text>(in.node, *entity, actors::read_state{});
  if (auto failed = failure_of(asked, told))
    return std::move(*failed);
  const auto& state = std::get<actors::state_text>(told);
  return state_response(in, *entity, state.version, state.json);
}

response list_events(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  const auto limit = query.limit(page_standard, page_max);
  const auto after = query.optional_int("after", 0, int64_max).value_or(0);
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  const auto entity = entity_of(in, asked);
  if (!entity)
    return no_such_actor(asked);
  persistence::journal_view journal{in.databases, in.session};
  auto events = journal.events_after({*entity, in.node.shard_of(*entity)}, after, limit + 1);
  if (!events)
    return unavailable_response(asked);
  const auto more = events->size() > limit;
  if (more)
    events->resize(limit);
  object_text body;
  body.add("kind", domain::name_of(entity->kind))
      .add("id", entity->id)
      .add_json("events", list_text(*events, shown_event));
  if (more)
    body.add("next", events->back().version);
  else
    body.add_null("next");
  return json_text(200, std::move(body).text());
}

} // namespace

void add_inspection_routes(admin_router& routes, admin_front& in) {
  routes.add(method::get, "/admin/v1/actors", "listActors", access::login, operated_by(in, list_actors));
  routes.add(method::get, "/admin/v1/actors/{kind}/{id:id}", "getActor", access::login,
             operated_by(in, read_actor));
  routes.add(method::get, "/admin/v1/actors/{kind}/{id:id}/events", "getActorEvents", access::login,
             operated_by(in, list_events));
}

} // namespace frontrow::http
