use tokenwell::{Credentials, Error, HttpRequest, HttpResponse, Now, Secret, provider};

fn lucca_authorization(send: impl Fn(&HttpRequest) -> HttpResponse, now: Now) -> Result<Secret, Error> {
    let client = provider::lucca("example").client(Credentials::secret("id", "secret"))?;

    let exchange = client.client_credentials(["employees.readonly"])?;
    let response = send(exchange.request());
    let tokens = exchange.finish(&response, now)?;

    Ok(tokens.authorization()) // .reveal() is the value of the Authorization header
}
