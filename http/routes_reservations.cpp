#include "http/ask.hpp"
#include "http/command_identity.hpp"
#include "http/object_text.hpp"
#include "http/opaque_ids.hpp"
#include "http/paging.hpp"
#include "http/purchase_lists.hpp"
#include "http/purchase_lookup.hpp"
#include "http/queue_pass.hpp"
#include "http/routes.hpp"
#include "http/views_json.hpp"

#include <limits>

namespace frontrow::http {

namespace {

using domain::refusal;

constexpr auto seat_max = std::numeric_limits<domain::seat_id>::max();
constexpr std::size_t tier_length_max = 64;

/// What a request to hold asks for: seats by their numbers, or the best ones.
struct wanted_seats {
  domain::option_id option = 0;
  std::vector<std::int64_t> seats;
  std::int32_t count = 0;
  std::string tier;
  std::string canonical; ///< the body in its one form
};

std::variant<wanted_seats, response> wanted_of(const request_context& asked) {
  auto body = asked.json();
  wanted_seats wanted;
  wanted.option = body.require_id("optionId");
  auto seats =
      body.optional_ids("seatIds", domain::seats_per_user_max, std::numeric_limits<std::int64_t>::max());
  auto best = body.optional_object("bestAvailable");
  if (best) {
    wanted.count = static_cast<std::int32_t>(best->require_int("count", 1, domain::seats_max));
    wanted.tier = best->optional_string("tier", tier_length_max).value_or("");
  }
  if (seats.has_value() == best.has_value())
    body.fail("either seatIds or bestAvailable is required, and not both");
  if (const auto wrong = body.finish())
    return asked.invalid(*wrong);
  object_text canonical;
  if (seats) {
    wanted.seats = std::move(*seats);
    canonical.add_numbers("seatIds", wanted.seats);
  } else {
    canonical.add("count", wanted.count).add("tier", wanted.tier);
  }
  wanted.canonical = std::move(canonical).text();
  return wanted;
}

response held_response(domain::option_id option, const domain::reservation_view& held) {
  return json_text(201, reservation_json(option, held))
      .with("Location", "/api/v1/reservations/" + reservation_text({option, held.reservation}));
}

/// A repeat that comes when its token has been used up still gets the first answer, as the key promises;
/// nothing: it is no repeat.
awaitable<std::optional<response>> first_answer(front& in, const request_context& asked,
                                                      domain::option_id option, domain::command_id command,
                                                      std::uint64_t body) {
  using found_hold = std::optional<hold_made>;
  const auto user = asked.caller;
  const auto look_up = [user, option, command](persistence::journal_view& journal) {
    return find_hold(journal, user, option, command);
  };
  const auto found = co_await read_journal<found_hold>(in.node.reader(), look_up);
  if (!found)
    co_return unavailable_response(asked);
  if (!*found)
    co_return std::nullopt;
  if ((*found)->body != body)
    co_return refusal_response(asked, {refusal::idempotency_key_reused, {}});
  co_return held_response(option, (*found)->view);
}

template <class Command>
awaitable<response> hold(front& in, const request_context& asked, domain::option_id option,
                               Command command) {
  const auto told = co_await ask<domain::seat_map>(in.node, option, std::move(command), asked.trace_id);
  if (auto failed = failure_of(asked, told))
    co_return std::move(*failed);
  co_return held_response(option, std::get<domain::reservation_view>(told));
}

awaitable<response> make_reservation(front& in, request_context& asked) {
  auto parsed = wanted_of(asked);
  if (auto* problem = std::get_if<response>(&parsed))
    co_return std::move(*problem);
  auto& wanted = std::get<wanted_seats>(parsed);
  const auto option = in.catalog.now()->option(wanted.option);
  if (!option)
    co_return refusal_response(asked, {refusal::option_not_found, {}});
  const auto command = identity_of(in, asked, "hold:" + std::to_string(wanted.option));
  const auto body = fingerprint_of(wanted.canonical);
  auto allowed = co_await active_pass(in, asked, option->concert);
  if (allowed.problem) {
    if (allowed.problem->status == 403 && !asked.idempotency_key.empty())
      if (auto first = co_await first_answer(in, asked, wanted.option, command, body))
        co_return std::move(*first);
    co_return std::move(*allowed.problem);
  }
  if (wanted.count > 0) {
    domain::hold_best best{
        command, body, asked.caller, allowed.token.place, wanted.count, std::move(wanted.tier)};
    co_return co_await hold(in, asked, wanted.option, std::move(best));
  }
  domain::hold_seats seats{command, body, asked.caller, allowed.token.place, {}};
  for (const auto seat : wanted.seats) {
    if (seat > seat_max)
      co_return refusal_response(asked, {refusal::seat_not_found, {}});
    seats.seats.push_back(static_cast<domain::seat_id>(seat));
  }
  co_return co_await hold(in, asked, wanted.option, std::move(seats));
}

awaitable<response> read_reservation(front& in, request_context& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  auto found = co_await reservation_of(in, asked, parse_reservation(asked.text("reservationId")));
  if (found.problem)
    co_return std::move(*found.problem);
  co_return json_text(200, reservation_json(found.id.option, found.view));
}

awaitable<response> list_reservations(front& in, request_context& asked) {
  auto query = asked.query();
  const auto wanted = page_of(query, in, asked.caller);
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  using found_page = purchase_page<kept_reservation>;
  const auto look_up = [wanted](persistence::journal_view& journal) {
    return reservations_page(journal, wanted);
  };
  const auto page = co_await read_journal<found_page>(in.node.reader(), look_up);
  if (!page)
    co_return unavailable_response(asked);
  const auto items =
      list_text(page->items, [](const auto& each) { return reservation_json(each.option, each.view); });
  const auto next = page->next ? std::optional{cursor_text(*page->next)} : std::nullopt;
  co_return json_text(200, page_text("reservations", items, next));
}

awaitable<response> release_reservation(front& in, request_context& asked) {
  if (asked.queue_token.empty()) {
    auto shown = shown_token(asked, std::nullopt);
    co_return std::move(std::get<response>(shown));
  }
  auto found = co_await reservation_of(in, asked, parse_reservation(asked.text("reservationId")));
  if (found.problem)
    co_return std::move(*found.problem);
  const auto status = found.view.status;
  if (status == domain::reservation_status::paying || status == domain::reservation_status::confirmed)
    co_return refusal_response(asked, {refusal::already_paid, {}});
  auto allowed = co_await active_pass(in, asked, found.option->concert);
  if (allowed.problem)
    co_return std::move(*allowed.problem);
  if (!has_seats(status))
    co_return no_content(); // it has ended already
  const domain::release_hold command{asked.caller, found.id.number};
  const auto told = co_await ask<domain::seat_map>(in.node, found.id.option, command, asked.trace_id);
  if (auto failed = failure_of(asked, told))
    co_return std::move(*failed);
  co_return no_content();
}

} // namespace

void add_reservation_routes(public_router& routes, front& in) {
  constexpr auto all = "/api/v1/reservations";
  constexpr auto one = "/api/v1/reservations/{reservationId}";
  routes.add(method::post, all, "createReservation", access::login, answered_by(in, make_reservation));
  routes.add(method::get, all, "listReservations", access::login, answered_by(in, list_reservations));
  routes.add(method::get, one, "getReservation", access::login, answered_by(in, read_reservation));
  routes.add(method::remove, one, "releaseReservation", access::login, answered_by(in, release_reservation));
}

} // namespace frontrow::http
