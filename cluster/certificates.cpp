#include "cluster/certificates.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include <caf/actor_system_config.hpp>
#include <openssl/ssl.h>

namespace frontrow::cluster {

namespace {

int give_passphrase(char* buffer, int size, int, void* given) {
  const auto& passphrase = *static_cast<const std::string*>(given);
  const auto length = std::min(passphrase.size(), static_cast<std::size_t>(std::max(size, 0)));
  std::memcpy(buffer, passphrase.data(), length);
  return static_cast<int>(length);
}

} // namespace

std::optional<std::string> certificate_problem(const caf::actor_system_config& config) {
  if (config.openssl_certificate.empty() || config.openssl_key.empty() || config.openssl_cafile.empty())
    return "openssl.certificate, openssl.key and openssl.cafile must all be given";
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_method()), &SSL_CTX_free};
  if (!context)
    return "OpenSSL has no TLS";
  auto passphrase = config.openssl_passphrase;
  SSL_CTX_set_default_passwd_cb(context.get(), give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), &passphrase);
  if (SSL_CTX_use_certificate_chain_file(context.get(), config.openssl_certificate.c_str()) != 1)
    return "no certificate in " + config.openssl_certificate;
  if (SSL_CTX_use_PrivateKey_file(context.get(), config.openssl_key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1)
    return "no key for the certificate in " + config.openssl_key;
  if (SSL_CTX_load_verify_locations(context.get(), config.openssl_cafile.c_str(), nullptr) != 1)
    return "no certificates in " + config.openssl_cafile;
  if (SSL_CTX_build_cert_chain(context.get(), SSL_BUILD_CHAIN_FLAG_CHECK | SSL_BUILD_CHAIN_FLAG_NO_ROOT) != 1 &&
      SSL_CTX_build_cert_chain(context.get(), SSL_BUILD_CHAIN_FLAG_NO_ROOT) != 1)
    return "the certificate in " + config.openssl_certificate + " is not valid by " + config.openssl_cafile;
  return std::nullopt;
}

} // namespace frontrow::cluster
