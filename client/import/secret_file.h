#ifndef QUORATE_CLIENT_IMPORT_SECRET_FILE_H_
#define QUORATE_CLIENT_IMPORT_SECRET_FILE_H_

#include "custody/keystore/secret_file.h"

namespace quorate::client {

using keystore::kMaxPassphraseBytes;
using keystore::ReadPassphrase;
using keystore::ReadSecretFd;
using keystore::ReadSecretFile;

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_SECRET_FILE_H_
