#include "actors/ask_and_wait.hpp"
#include "cluster/placement.hpp"
#include "http/admin_routes.hpp"
#include "http/gather.hpp"
#include "http/object_text.hpp"
#include "http/paging.hpp"
#include "http/shown_event.hpp"
#include "http/views_json.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/journal_lookup.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace frontrow::http {

namespace {

using domain::entity_kind;
using domain::entity_ref;

constexpr std::size_t page_standard = 20;
constexpr std::size_t page_max = 100;
/// Of one actor and one request: a request makes a handful.
constexpr std::size_t trace_events_max = 200;
/// Seat maps of a concert that are looked through for a queue's event.
constexpr std::size_t trace_options_max = 50;
constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();

using queue_answer = actors::outcome<domain::queue_view>;
using option_answer = actors::outcome<domain::availability>;

std::string option_json(const actors::option_on_sale& option, const option_answer& told) {
  const auto* seats = std::get_if<domain::availability>(&told);
  auto text = date_json(option, seats != nullptr ? std::optional{seats->available} : std::nullopt);
  object_text more;
  if (seats != nullptr)
    more.add("seatsHeld", seats->total - seats->available - seats->sold).add("seatsSold", seats->sold);
  else
    more.add_null("seatsHeld").add_null("seatsSold");
  text.back() = ',';
  return text.append(std::move(more).text(), 1, std::string::npos); // one object of the two
}

/// The concerts as they stand: policy and people of each queue, seats of each date; null where an actor is silent.
std::string concerts_json(admin_front& in, const std::vector<actors::concert_on_show>& concerts,
                          const std::string& trace) {
  const auto queues = gather<domain::queue_view>(concerts, [&](const auto& each, auto then) {
    in.node.ask<domain::queue>(each->concert, domain::read_queue{}, trace, std::move(then));
  });
  std::vector<actors::option_on_show> options;
  for (const auto& concert : concerts)
    options.insert(options.end(), concert->options.begin(), concert->options.end());
  const auto seats = gather<domain::availability>(options, [&](const auto& each, auto then) {
    in.node.ask<domain::seat_map>(each->option, domain::read_availability{}, trace, std::move(then));
  });
  std::size_t at = 0;
  std::size_t option = 0;
  return list_text(concerts, [&](const actors::concert_on_show& concert) {
    object_text item;
    item.add("concertId", concert->concert).add("title", concert->title);
    if (const auto* queue = std::get_if<domain::queue_view>(&queues[at++]))
      item.add_json("queue", queue_json(concert->concert, *queue));
    else
      item.add_null("queue");
    item.add_json("options", list_text(concert->options, [&](const actors::option_on_show& each) {
                    return option_json(*each, seats[option++]);
                  }));
    return std::move(item).text();
  });
}

response list_concerts(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  const auto limit = query.limit(page_standard, page_max);
  const auto after = query.optional_int("after", 0, int64_max).value_or(0);
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  auto concerts = in.catalog.now()->concerts_after(after, limit + 1);
  const auto more = concerts.size() > limit;
  if (more)
    concerts.resize(limit);
  const auto next = more ? std::optional{std::to_string(concerts.back()->concert)} : std::nullopt;
  return json_text(200, page_text("concerts", concerts_json(in, concerts, asked.trace_id), next));
}

// ---- what a rebalancing, or a drain, would move

response plan_moves(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  const auto drained = query.optional_text("drain", cursor_length_max);
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  const auto view = view_of(in);
  auto known = !drained.has_value();
  std::vector<cluster::shard_host> hosts;
  for (const auto& each : view->members) {
    const auto is_it = drained && each.incarnation == *drained;
    known = known || is_it;
    if (!is_it && each.hosting == cluster::shard_hosting::hosts && each.wish == cluster::node_wish::stay)
      hosts.push_back({each.number, each.weight});
  }
  if (!known)
    return asked.problem(error_code::not_found, "There is no such node.");
  std::vector<cluster::node_number> present;
  for (const auto& each : view->shards)
    present.push_back(each.wanted != 0 ? each.wanted : each.owner);
  const auto placed = cluster::place(std::move(hosts), present);
  std::vector<std::string> moves;
  for (std::size_t shard = 0; shard < placed.size(); ++shard) {
    const auto owner = view->shards[shard].owner;
    if (placed[shard] == 0 || placed[shard] == owner)
      continue;
    object_text move;
    move.add("shard", shard)
        .add("from", incarnation_of(*view, owner))
        .add("to", incarnation_of(*view, placed[shard]));
    moves.push_back(std::move(move).text());
  }
  object_text body;
  body.add_json("moves", list_text(moves, [](const std::string& each) { return each; }));
  return json_text(200, std::move(body).text());
}

// ---- one actor's history, counted; one event's relatives

std::optional<entity_ref> actor_of(const admin_request& asked) {
  for (const auto& [name, kind] : entity_kinds())
    if (asked.text("kind") == name)
      return entity_ref{kind, asked.id("id")};
  return std::nullopt;
}

persistence::entity_address address_of(const admin_front& in, entity_ref entity) {
  return {entity, in.node.shard_of(entity)};
}

response count_events(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  const auto after = query.optional_int("after", 0, int64_max).value_or(0);
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  const auto entity = actor_of(asked);
  if (!entity)
    return asked.problem(error_code::not_found, "There is no such actor.");
  persistence::journal_view journal{in.databases, in.session};
  const auto counts = persistence::counts_after(journal, address_of(in, *entity), after);
  if (!counts)
    return unavailable_response(asked);
  object_text types;
  for (const auto& each : counts->types)
    types.add(each.type, each.count);
  object_text body;
  body.add("version", counts->version).add_json("counts", std::move(types).text());
  return json_text(200, std::move(body).text());
}

/// Whom an event may have led to, or come from: the accounts of its users, the seat map of its payment, the
/// queue of its concert.
std::set<entity_ref> relatives_of(const admin_front& in, const persistence::stored_event& event) {
  std::set<entity_ref> related{event.entity};
  const auto catalog = in.catalog.now();
  const auto add_seat_map = [&](domain::option_id option) {
    if (const auto known = catalog->option(option)) {
      related.insert({entity_kind::seat_map, option});
      related.insert({entity_kind::queue, known->concert});
    }
  };
  if (event.entity.kind == entity_kind::seat_map)
    add_seat_map(event.entity.id);
  if (event.entity.kind == entity_kind::queue)
    if (const auto* concert = catalog->concert(event.entity.id))
      for (std::size_t at = 0; at < std::min(concert->options.size(), trace_options_max); ++at)
        related.insert({entity_kind::seat_map, concert->options[at]->option});
  const auto data = nlohmann::json::parse(event.row.data, nullptr, false);
  if (!data.is_object())
    return related;
  if (const auto user = data.find("user"); user != data.end() && user->is_number_integer())
    related.insert({entity_kind::account, user->get<std::int64_t>()});
  if (event.entity.kind == entity_kind::queue)
    if (const auto happened = persistence::decode_event<domain::queue::event>(event.row.type, event.row.data))
      if (const auto* crowd = std::get_if<domain::places_taken>(&*happened))
        for (const auto& each : crowd->takers)
          if (each.user > 0)
            related.insert({entity_kind::account, each.user});
  if (const auto payment = data.find("payment"); payment != data.end() && payment->is_object())
    if (const auto option = payment->find("option"); option != payment->end() && option->is_number_integer())
      add_seat_map(option->get<std::int64_t>());
  return related;
}

response read_relatives(admin_front& in, admin_request& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    return asked.invalid(*wrong);
  const auto entity = actor_of(asked);
  if (!entity)
    return asked.problem(error_code::not_found, "There is no such actor.");
  persistence::journal_view journal{in.databases, in.session};
  const auto version = asked.id("version");
  const auto found = journal.events_after(address_of(in, *entity), version - 1, 1);
  if (!found)
    return unavailable_response(asked);
  if (found->empty() || found->front().version != version)
    return asked.problem(error_code::not_found, "The actor has no event of that version.");
  const auto& event = found->front();
  std::vector<persistence::stored_event> family;
  std::set<entity_ref> looked_at;
  auto to_look_at = event.row.trace_id.empty() ? std::set<entity_ref>{} : relatives_of(in, event);
  while (!to_look_at.empty()) {
    const auto next = *to_look_at.begin();
    to_look_at.erase(to_look_at.begin());
    looked_at.insert(next);
    auto some = persistence::events_of_trace(journal, address_of(in, next), event.row.trace_id, trace_events_max);
    if (!some)
      return unavailable_response(asked);
    for (auto& each : *some) {
      for (const auto related : relatives_of(in, each))
        if (related.kind == entity_kind::account && !looked_at.contains(related))
          to_look_at.insert(related);
      family.push_back(std::move(each));
    }
  }
  std::stable_sort(family.begin(), family.end(),
                   [](const auto& left, const auto& right) { return left.row.at < right.row.at; });
  object_text body;
  body.add("traceId", event.row.trace_id).add_json("events", list_text(family, [](const auto& each) {
    object_text item;
    item.add("kind", domain::name_of(each.entity.kind)).add("id", each.entity.id);
    auto text = std::move(item).text();
    text.back() = ',';
    return text.append(shown_event(each), 1, std::string::npos);
  }));
  return json_text(200, std::move(body).text());
}

} // namespace

void add_overview_routes(admin_router& routes, admin_front& in) {
  routes.add(method::get, "/admin/v1/concerts", "listConcertsNow", access::login, operated_by(in, list_concerts));
  routes.add(method::get, "/admin/v1/rebalance", "planMoves", access::login, operated_by(in, plan_moves));
  routes.add(method::get, "/admin/v1/actors/{kind}/{id:id}/counts", "countActorEvents", access::login,
             operated_by(in, count_events));
  routes.add(method::get, "/admin/v1/actors/{kind}/{id:id}/events/{version:id}/relatives", "getEventRelatives",
             access::login, operated_by(in, read_relatives));
}

} // namespace frontrow::http
