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

/// What is kept under the key: enough to make the same answer again, and no token.
std::string kept_answer(const user_row& user) {
  return std::to_string(user.user) + " " + std::to_string(user.created_at.time_since_epoch().count());
}

user_row user_in(const std::string& kept) {
  user_row user;
  std::int64_t created_at = 0;
  const auto* end = kept.data() + kept.size();
  const auto [blank, error] = std::from_chars(kept.data(), end, user.user);
  if (error == std::errc{} && blank != end)
    std::from_chars(blank + 1, end, created_at);
  user.created_at = domain::instant{domain::milliseconds{created_at}};
  return user;
}

/// The same for the same user: a token is a function of user, time and secret.
response created_response(const front& in, const request& asked, const user_row& user) {
  const auto expires_at = std::chrono::floor<std::chrono::seconds>(user.created_at + in.limits.token_life);
  const auto token = in.tokens.issue(user.user, user.created_at, expires_at);
  if (!token) // whoever has the private key issues tokens
    return asked.problem(error_code::not_found, "Users register elsewhere.");
  object_text body;
  body.add("userId", user.user).add("accessToken", *token).add("expiresAt", domain::instant{expires_at});
  return json_text(201, std::move(body).text()).with("Cache-Control", "no-store");
}

asio::awaitable<response> create_user(front& in, request_context& asked) {
  if (in.limits.users == registration::closed)
    co_return asked.problem(error_code::not_found, "Users register elsewhere.");
  auto body = asked.json();
  user_row draft;
  draft.name = body.require_string("name", name_length_max);
  if (const auto wrong = body.finish())
    co_return asked.invalid(*wrong);
  draft.created_at = in.now();
  std::optional<persistence::idempotency_key> key;
  if (!asked.idempotency_key.empty()) // nobody has logged in: the address stands for the caller
    key = persistence::idempotency_key{"users from " + asked.peer.text(), std::string{asked.idempotency_key},
                                       digest_text(draft.name)};
  const auto create = [draft, key](persistence::journal_view& journal) {
    return persistence::create_user(journal.catalog(), draft, key, kept_answer);
  };
  const auto made = co_await read_journal<user_creation>(in.node.reader(), create);
  if (!made)
    co_return made.error() == persistence::database_failure::rejected
        ? asked.invalid("name holds what cannot be stored")
        : unavailable_response(asked);
  if (const auto* fresh = std::get_if<persistence::created<user_row>>(&*made))
    co_return created_response(in, asked, fresh->row);
  if (const auto* before = std::get_if<answered_before>(&*made))
    co_return created_response(in, asked, user_in(before->answer));
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
  add_reservation_routes(routes, in);
  add_balance_routes(routes, in);
  add_payment_routes(routes, in);
  add_docs_routes(routes);
}

} // namespace frontrow::http
