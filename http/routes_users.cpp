#include "http/ask.hpp"
#include "http/command_identity.hpp"
#include "http/docs_page.hpp"
#include "http/object_text.hpp"
#include "http/refusal_problem.hpp"
#include "http/routes.hpp"
#include "persistence/catalog_store.hpp"

#include <charconv>

namespace frontrow::http {

namespace {

using persistence::answered_before;
using persistence::user_row;
using user_creation = persistence::creation<user_row>;

constexpr std::size_t name_length_max = 100;
/// Nobody has logged in yet: whoever knows the key of a registration gets its user, token and all. So it must be a
/// secret, and as hard to guess as one: 128 random bits fill 22 characters of base64, 32 of hex, 36 as a UUID.
/// A shorter key is as good as none (docs/decisions/0013).
constexpr std::size_t key_length_min = 22;
/// Every so-many-th user, whichever node makes it, the answers past their time are forgotten: as many at a time as
/// came in meanwhile.
constexpr domain::user_id users_per_forgetting = 1'000;

/// What is kept under the key, to make the answer of: no token. Answers of old have the time behind the id.
std::string kept_answer(const user_row& user) {
  return std::to_string(user.user);
}

domain::user_id user_in(const std::string& kept) {
  domain::user_id user = 0;
  std::from_chars(kept.data(), kept.data() + kept.size(), user);
  return user;
}

/// The key itself stands for the caller, and no address: behind a proxy all have the same, on the road one has many.
std::optional<persistence::idempotency_key> key_of(const request_context& asked, const user_row& draft) {
  if (asked.idempotency_key.size() < key_length_min)
    return std::nullopt;
  return persistence::idempotency_key{"users", std::string{asked.idempotency_key}, digest_text(draft.name)};
}

persistence::catalog_answer<user_creation> register_user(persistence::database_session& database,
                                                         const user_row& draft,
                                                         const std::optional<persistence::idempotency_key>& key) {
  auto made = persistence::create_user(database, draft, key, kept_answer);
  const auto* fresh = made ? std::get_if<persistence::created<user_row>>(&*made) : nullptr;
  if (fresh != nullptr && fresh->row.user % users_per_forgetting == 0) // what fails now is made good by a later one
    static_cast<void>(persistence::forget_answers(database, draft.created_at - domain::remembered_for));
  return made;
}

/// A repeat gets a token of its own time: the first one may have expired.
response created_response(const front& in, const request& asked, domain::user_id user, domain::instant now) {
  const auto expires_at = std::chrono::floor<std::chrono::seconds>(now + in.limits.token_life);
  const auto token = in.tokens.issue(user, now, expires_at);
  if (!token) // whoever has the private key issues tokens
    return asked.problem(error_code::not_found, "Users register elsewhere.");
  object_text body;
  body.add("userId", user).add("accessToken", *token).add("expiresAt", domain::instant{expires_at});
  return json_text(201, std::move(body).text());
}

awaitable<response> create_user(front& in, request_context& asked) {
  if (in.limits.users == registration::closed)
    co_return asked.problem(error_code::not_found, "Users register elsewhere.");
  auto body = asked.json();
  user_row draft;
  draft.name = body.require_string("name", name_length_max);
  if (const auto wrong = body.finish())
    co_return asked.invalid(*wrong);
  draft.created_at = in.now();
  const auto create = [draft, key = key_of(asked, draft)](persistence::journal_view& journal) {
    return register_user(journal.catalog(), draft, key);
  };
  const auto made = co_await read_journal<user_creation>(in.node.reader(), create);
  if (!made)
    co_return made.error() == persistence::database_failure::rejected
        ? asked.invalid("name holds what cannot be stored")
        : unavailable_response(asked);
  if (const auto* fresh = std::get_if<persistence::created<user_row>>(&*made))
    co_return created_response(in, asked, fresh->row.user, draft.created_at);
  if (const auto* before = std::get_if<answered_before>(&*made))
    co_return created_response(in, asked, user_in(before->answer), draft.created_at);
  co_return refusal_response(asked, {domain::refusal::idempotency_key_reused, {}});
}

} // namespace

void add_user_routes(public_router& routes, front& in) {
  routes.add(method::post, "/api/v1/users", "createUser", access::open, answered_by(in, create_user));
}

void add_public_routes(public_router& routes, front& in) {
  add_user_routes(routes, in);
  add_catalog_routes(routes, in);
  add_queue_routes(routes, in);
  add_live_routes(routes, in);
  add_reservation_routes(routes, in);
  add_balance_routes(routes, in);
  add_payment_routes(routes, in);
  add_ticket_routes(routes, in);
  add_docs_routes(routes);
}

} // namespace frontrow::http
