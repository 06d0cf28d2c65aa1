"""Tags of pricing's templates."""
